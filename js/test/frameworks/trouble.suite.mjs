import * as wsproof from "wsproof/test";
import trouble from "./trouble.cjs";

trouble.declare(wsproof);
