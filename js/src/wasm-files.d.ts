declare module "*.wasm" {
  /** Octets in the inline entry, a compiled module where the runtime makes one. */
  const content: unknown;
  export default content;
}
