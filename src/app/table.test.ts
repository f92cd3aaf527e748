import { afterEach, expect, it, vi } from "vitest";
import type { Report } from "../index";
import { resolve } from "../model/spec";
import { Curves, type Run } from "./curves";
import { make } from "./dom";
import { DEFAULTS, ofNeuron, toOptions } from "./settings";
import { RunTable } from "./table";

const recipe = (seed: number) => ({
  spec: resolve(toOptions({ ...DEFAULTS, ...ofNeuron("tanh"), seed })),
  ...{ kernels: "auto" as const, data: "MNIST" },
});
const report = (epoch: number, accuracy: number) =>
  ({
    epoch,
    training: { accuracy },
    members: [{ validation: { accuracy } }],
  }) as unknown as Report;

afterEach(() => document.body.replaceChildren());

/** A table of runs with seeds 1, 2, …; the last is `busy` while it is so. */
function made(count: number) {
  const place = make("table");
  const chart = make("div", { tabIndex: 0 });
  const message = make("div", { id: "message" });
  message.append(make("div", { id: "alarms" }), make("div", { id: "notices" }));
  document.body.append(place, chart, message);
  const state = { busy: false };
  const again = vi.fn<(run: Run) => void>();
  const curves: Curves = new Curves(() => table?.update());
  const table = new RunTable(place, chart, curves, {
    busy: () => (state.busy ? "wait" : undefined),
    current: (run) => state.busy && run === curves.current,
    again,
  });
  for (let seed = 1; seed <= count; seed++) curves.begin(recipe(seed));
  const rows = () => [...place.querySelectorAll<HTMLElement>("tbody tr")];
  const button = (row: number, act: string) => {
    const all = [...(rows()[row]?.querySelectorAll("button") ?? [])];
    return all.find(({ ariaLabel }) => ariaLabel?.startsWith(act)) as HTMLButtonElement;
  };
  const names = () => rows().map((row) => row.querySelector(".name")?.textContent);
  return { place, chart, curves, state, again, rows, button, names };
}

it("keeps rows, focus and a half-written name while reports come", () => {
  const { curves, rows, button } = made(2);
  const [row] = rows();
  button(0, "Hide").focus();
  curves.add(report(0.1, 0.8));
  curves.begin(recipe(3));
  expect(rows()[0]).toBe(row);
  expect(document.activeElement).toBe(button(0, "Hide"));
  expect(rows()[1]?.querySelector(".validation")?.textContent).toBe("80.0 % ");
  button(0, "Rename").click();
  const field = document.activeElement as HTMLInputElement;
  field.value = "half a na";
  curves.add(report(0.1, 0.7));
  expect(document.activeElement).toBe(field);
  expect(field.value).toBe("half a na");
});

it("renames by Enter and by leaving, keeps the old name with Escape", () => {
  const { button, names } = made(2);
  const write = (row: number, name: string, key?: string) => {
    button(row, "Rename").click();
    const field = document.activeElement as HTMLInputElement;
    field.value = name;
    if (key) field.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    else field.blur();
  };
  write(0, "one", "Enter");
  expect(document.activeElement).toBe(button(0, "Rename"));
  write(1, "two", "Escape");
  expect(names()).toEqual(["one", "100 tanh neurons"]);
  write(1, "two");
  expect(names()).toEqual(["one", "two"]);
});

it("takes the focus along when a run is removed", () => {
  const { chart, rows, button, names } = made(3);
  button(1, "Remove").click();
  expect(names()).toEqual(["seed 1", "seed 3"]);
  expect(document.activeElement).toBe(button(1, "Remove"));
  button(1, "Remove").click();
  expect(document.activeElement).toBe(button(0, "Remove"));
  button(0, "Remove").click();
  expect(rows()).toEqual([]);
  expect(document.activeElement).toBe(chart);
});

it("trains again with 8 seeds, and says why it may not", () => {
  const { curves, state, again, rows, button } = made(1);
  const notices = document.getElementById("notices") as HTMLElement;
  state.busy = true;
  button(0, "Again with 8 seeds").click();
  expect(again).not.toHaveBeenCalled();
  expect(notices.textContent).toBe("wait");
  button(0, "Remove").click();
  expect(rows()).toHaveLength(1);
  expect(notices.textContent).toContain("Reset ends it");
  state.busy = false;
  button(0, "Again with 8 seeds").click();
  expect(again).toHaveBeenCalledExactlyOnceWith(curves.runs[0]);
  expect(notices.textContent).toBe("");
});

it("tells which runs are seen, by pressed buttons and by name", () => {
  const { place, rows, button } = made(2);
  expect(place.caption?.textContent).toBe("All: 100 tanh neurons");
  button(0, "Solo").click();
  expect(button(0, "Solo").ariaPressed).toBe("true");
  expect(rows().map(({ className }) => className)).toEqual(["", "unseen"]);
  button(0, "Solo").click();
  button(1, "Hide").click();
  expect(button(1, "Hide").ariaPressed).toBe("true");
  expect(rows().map(({ className }) => className)).toEqual(["", "unseen"]);
});
