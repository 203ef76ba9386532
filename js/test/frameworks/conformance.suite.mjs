import { fileURLToPath } from "node:url";
import * as wsproof from "wsproof/test";
import testees from "./testees.cjs";

testees.declare(wsproof, fileURLToPath(new URL(".", import.meta.url)));
