type Child = Node | string | number | null | undefined | false;

interface Props {
  class?: string | undefined;
  on?: Record<string, (event: never) => void>;
  [attribute: string]: unknown;
}

/** An element. Everything shown goes through here as text, so nothing in a capture is ever markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("aria-")) {
      element.setAttribute(name, String(value));
    } else if (value === false) {
    } else if (name === "on") {
      for (const [type, listener] of Object.entries(value as Record<string, EventListener>)) {
        element.addEventListener(type, listener);
      }
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map(node));
  return element;
}

function node(child: Child): Node | string {
  return typeof child === "object" && child !== null && child !== undefined ? (child as Node) : String(child);
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon: the outline of a path in a square of 16. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** `1 frame`, `2 frames`, `12 345 frames`. */
export function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** With thin spaces between thousands. */
export function number(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** Octets for people. */
export function size(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let value = octets / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Microseconds as milliseconds or seconds. What a source tells in whole milliseconds is not shown as if it knew more. */
export function time(us: number): string {
  if (us >= 10_000_000) return `${(us / 1e6).toFixed(3)} s`;
  return `${us % 1000 === 0 ? us / 1000 : (us / 1000).toFixed(3)} ms`;
}
