/** Long sections begin folded on a phone, and are always open on a desk. */

const PHONE = "(max-width: 40rem)";

export function foldSections(): void {
  const phone = matchMedia(PHONE);
  const sections = [...document.querySelectorAll<HTMLDetailsElement>(".fold")];
  const follow = () => {
    for (const section of sections) {
      if (!phone.matches) section.open = true;
      // On a desk it is a heading, and nothing to stop at.
      section.querySelector("summary")?.setAttribute("tabindex", phone.matches ? "0" : "-1");
    }
  };
  for (const section of sections) {
    section.open = !phone.matches;
    section.querySelector("summary")?.addEventListener("click", (event) => {
      if (!phone.matches) event.preventDefault();
    });
  }
  follow();
  phone.addEventListener("change", follow);
}
