// Plays the stories under MicroPython: one process, one interpreter. Arguments: the repository's folder, then names
// of stories (none: all). Prints one JSON object a story.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const [root, ...wanted] = process.argv.slice(2);
const FOLDERS = {
  "firmware_stubs/board": "/board", "firmware_stubs/lib": "/board", "firmware_stubs/devices": "/board",
  "tests/firmware/stories": "/board/stories",
};

const lines = [];
const mp = await loadMicroPython({ heapsize: 8 * 1024 * 1024, linebuffer: true, stdout: (line) => lines.push(line) });
mp.FS.mkdir("/board");
mp.FS.mkdir("/board/stories");
for (const [folder, to] of Object.entries(FOLDERS)) {
  for (const name of readdirSync(join(root, folder)).filter((name) => name.endsWith(".py"))) {
    mp.FS.writeFile(`${to}/${name}`, readFileSync(join(root, folder, name)));
  }
}
// What a board has and this build has not, and what only the reader of the code needs.
mp.FS.writeFile("/board/os.py", "def urandom(n):\n    import random\n    return bytes(random.getrandbits(8) for _ in range(n))\n");
mp.FS.writeFile("/board/__future__.py", "annotations = None\n");
mp.FS.writeFile("/board/typing.py", "Any = ClassVar = None\nclass Protocol:\n    pass\n");

mp.runPython("import sys\nsys.path.insert(0, '/board')\nimport stories\nnames = list(stories.STORIES)\nplayed = sys.implementation.name\n");
const played = mp.globals.get("played");
for (const name of wanted.length ? wanted : Array.from(mp.globals.get("names"))) {
  mp.globals.set("name", name);
  lines.length = 0;
  const begun = Date.now();
  await mp.runPythonAsync(`
failure = ""
try:
    await stories.STORIES[name]()
except BaseException as cause:
    import io
    told = io.StringIO()
    sys.print_exception(cause, told)
    failure = told.getvalue()
`);
  const failure = mp.globals.get("failure");
  console.log(JSON.stringify({ name, failure, printed: lines.slice(-20), ms: Date.now() - begun, played }));
}
process.exit(0);
