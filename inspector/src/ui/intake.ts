export interface IntakeHandlers {
  file(file: File): void;
  text(text: string, how: string): void;
}

/** Takes files and text that are dropped anywhere, or pasted outside of fields. */
export function intake(root: HTMLElement, handlers: IntakeHandlers): void {
  const take = (data: DataTransfer | null, how: string) => {
    const [file] = data?.files ?? [];
    const text = data?.getData("text/plain");
    if (file) handlers.file(file);
    else if (text) handlers.text(text, how);
  };
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  root.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    take(event.dataTransfer, "Dropped");
  });
  document.addEventListener("paste", (event) => {
    if (!["INPUT", "TEXTAREA"].includes((event.target as Element).tagName)) take(event.clipboardData, "Pasted");
  });
}
