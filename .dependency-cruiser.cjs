/** Imports run downward only; see ARCHITECTURE.md. */
const rooms = ["shaders", "runtime", "data", "model", "verify"];
const rule = (name, from, to) => ({ name, severity: "error", from: { path: from, pathNot: "\\.test\\.ts$" }, to: { path: to } });

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
    ...rooms.map((room, i) => rule(`${room}-imports-downward`, `^src/${room}/`, `^src/(${[...rooms.slice(i + 1), "app", "cli", "index\\.ts", "testing\\.ts"].join("|")})`)),
    rule("faces-use-the-public-api", "^src/(app|cli)/", "^src/(shaders|runtime|data|model|testing)"),
    rule("faces-know-nothing-of-each-other", "^src/app/", "^src/cli/"),
    rule("page-knows-no-node", "^src/(app|model|shaders)/", "^(node:|fs|path)"),
  ],
  options: { tsConfig: { fileName: "tsconfig.json" }, tsPreCompilationDeps: true, doNotFollow: { path: "node_modules" } },
};
