/** Stands for Node's modules where there are none. */
import { UsageError } from "./errors.js";

function none(): never {
  throw new UsageError("there are no files and no node:test here: this part of wsproof/test needs Node");
}

/** @internal */
export const createRequire: () => never = none;
/** @internal */
export const readFileSync: () => never = none;
/** @internal */
export const writeFileSync: () => never = none;
