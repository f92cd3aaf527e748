/** Small helpers over the document. */
export const element = <T extends Element = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as T;
};
export const input = (id: string): HTMLInputElement => element<HTMLInputElement>(id);
export const select = (id: string): HTMLSelectElement => element<HTMLSelectElement>(id);
export const show = (id: string, text: string): void => {
  element(id).textContent = text;
};

/** Writes what is new: the page lays out, and a screen reader says, each change. */
export const write = (node: Element, text: string): void => {
  if (node.textContent !== text) node.textContent = text;
};

/** A new element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** A CSS variable of the page, as it is now in light or dark. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Offers `content` as a file to keep. */
export function download(name: string, content: BlobPart, type: string): void {
  const link = make("a", {
    href: URL.createObjectURL(new Blob([content], { type })),
    download: name,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const SCHEMES = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"];

/** Calls `draw` when colours change: between light and dark, and for paper. */
export const onScheme = (draw: () => void): void => {
  for (const scheme of SCHEMES) matchMedia(scheme).addEventListener("change", draw);
};

/** Lets the page draw and answer before going on. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Until the page has been painted once more; at once where nobody sees it. */
export const painted = (): Promise<void> =>
  new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve));
  });

/** Puts an address on the clipboard; says so, or, where a browser forbids it, what it is. */
export const copied = (address: string): Promise<string> =>
  navigator.clipboard.writeText(address).then(
    () => "Copied.",
    () => `Copy it from here: ${address}`,
  );
