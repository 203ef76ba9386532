import type { Table } from "../engine/table.js";
import { h, size, time } from "./dom.js";

/** A picture of the exchange: what each end sent over time, and where rules were broken. A click goes there. */
export class Overview {
  readonly element: HTMLElement;
  readonly #canvas = h("canvas", { role: "img" });
  readonly #label = h("span", { class: "overview-label" });
  #table: Table | undefined;
  /** The first row of each column. */
  #first: number[] = [];

  constructor(select: (row: number) => void) {
    this.element = h(
      "div",
      { class: "overview", title: "Octets over time: the client's above, the server's below" },
      this.#canvas,
      this.#label,
    );
    this.#canvas.addEventListener("click", (event) => {
      const column = Math.floor(event.offsetX / 3);
      const row = this.#first.slice(column).find((first) => first >= 0);
      if (row !== undefined) select(row);
    });
    new ResizeObserver(() => this.draw()).observe(this.element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(table: Table): void {
    this.#table = table;
    this.draw();
  }

  draw(): void {
    const table = this.#table;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!table || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    const columns = Math.max(1, Math.floor(width / 3));
    const client = new Float64Array(columns);
    const server = new Float64Array(columns);
    const broken = new Uint8Array(columns);
    this.#first = new Array(columns).fill(-1);
    const timed = table.length > 0 && (table.flags(table.length - 1) & 0x400) !== 0 && table.time(table.length - 1) > 0;
    let end = timed ? 0 : table.length;
    if (timed) for (let index = 0; index < table.length; index++) end = Math.max(end, table.time(index));
    for (let index = 0; index < table.length; index++) {
      const at = timed ? table.time(index) / end : index / end;
      const column = Math.min(columns - 1, Math.floor(at * columns));
      const side = table.flags(index) & 0x200 ? server : client;
      side[column] = (side[column] ?? 0) + Math.min(table.len(index), 2 ** 40) + 2;
      if (table.violations(index) > 0) broken[column] = 1;
      if (this.#first[column] === -1) this.#first[column] = index;
    }
    const most = Math.max(1, ...client, ...server);
    // Octets differ by orders of magnitude: the heights are logarithms.
    const tall = (octets: number) =>
      octets === 0 ? 0 : Math.max(2, (Math.log2(1 + octets) / Math.log2(1 + most)) * (height / 2 - 5));
    const pen = this.#canvas.getContext("2d");
    if (!pen) return;
    const style = getComputedStyle(this.element);
    const colour = (name: string) => style.getPropertyValue(name);
    pen.scale(scale, scale);
    pen.clearRect(0, 0, width, height);
    const middle = height / 2;
    pen.fillStyle = colour("--line");
    pen.fillRect(0, middle, width, 1);
    for (let column = 0; column < columns; column++) {
      pen.fillStyle = colour("--client");
      const up = tall(client[column] ?? 0);
      pen.fillRect(column * 3, middle - up, 2, up);
      pen.fillStyle = colour("--server");
      pen.fillRect(column * 3, middle + 1, 2, tall(server[column] ?? 0));
      if (broken[column]) {
        pen.fillStyle = colour("--bad");
        pen.fillRect(column * 3 - 1, 0, 4, 4);
        pen.fillRect(column * 3, 0, 2, height);
      }
    }
    const about = timed ? time(end) : `${table.length} rows`;
    this.#label.textContent = `${about} · up to ${size(most)} a step`;
    this.#canvas.setAttribute("aria-label", `Octets over time, ${about}`);
  }
}
