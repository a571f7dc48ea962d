/** A Python package index on loopback whose uv is a shell program that does what ours is asked to, as far as it matters here. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateRawSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { PINNED } from "../../src/toolchains/pinned.ts";

export interface FakeIndex {
  readonly url: string;
  readonly asked: string[];
}

/** @param log a file that every call of uv adds its arguments and variables to */
export async function fakeIndex(log: string, damage: (wheel: Buffer) => Buffer = (wheel) => wheel): Promise<FakeIndex> {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const name = `uv-${PINNED.uv}-py3-none-manylinux_2_17_${machine}.manylinux2014_${machine}.whl`;
  const wheel = zip({ [`uv-${PINNED.uv}.data/scripts/uv`]: uvProgram(log), "uv/__init__.py": "" });
  const sha256 = createHash("sha256").update(wheel).digest("hex");
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/simple/uv/")
      response.end(
        `<!DOCTYPE html><a href="../../files/old.whl#sha256=00">uv-0.0.1-py3-none-any.whl</a><br/>\n` +
          `<a data-requires-python="&gt;=3.8" href="../../files/${name}#sha256=${sha256}">${name}</a>`,
      );
    else if (request.url === `/files/${name}`) response.end(damage(wheel));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`, asked };
}

/** Its Python is a shell program, too: it runs `-m compileall` and tells its name. */
function uvProgram(log: string): string {
  return `#!/bin/sh
{ echo "uv $*"; env | sort; } >>'${log}'
all="$*"
after() { # the argument that follows $1
  while [ $# -gt 2 ]; do if [ "$2" = "$1" ]; then echo "$3"; return; fi; one=$1; shift 2; set -- "$one" "$@"; done
}
last() { for each; do :; done; echo "$each"; }
case "$1 $2" in
  "python install")
    dir= want=
    while [ $# -gt 0 ]; do case $1 in --install-dir) dir=$2; shift ;; cpython-*) want=$1 ;; esac; shift; done
    mkdir -p "$dir/$want/bin" "$dir/$want/lib/python3.13"
    printf '#!/bin/sh\\necho "python $*"\\n' >"$dir/$want/bin/python3.13"
    chmod 755 "$dir/$want/bin/python3.13"
    ln -s python3.13 "$dir/$want/bin/python3" ;;
  "venv --relocatable")
    venv=$(last "$@")
    while [ "$1" != --python ]; do shift; done
    mkdir -p "$venv/bin" "$venv/lib/python3.13/site-packages"
    ln -s "$2" "$venv/bin/python"; ln -s python "$venv/bin/python3"
    printf 'home = %s\\nrelocatable = true\\n' "$(dirname "$2")" >"$venv/pyvenv.cfg"
    echo '*' >"$venv/.gitignore" ;;
  "sync --frozen"|"pip install")
    venv=$UV_PROJECT_ENVIRONMENT; info=$venv/lib/python3.13/site-packages/demo-1.dist-info
    mkdir -p "$info" build
    echo "{\\"url\\":\\"file://$PWD\\"}" >"$info/direct_url.json"
    date +%s%N >"$info/uv_cache.json"
    echo "demo-1.dist-info/direct_url.json,sha256=$PWD,1" >"$info/RECORD"
    echo "demo-1.dist-info/uv_cache.json,sha256=$(cat "$info/uv_cache.json"),1" >>"$info/RECORD"
    echo "$PWD" >"$venv/lib/python3.13/site-packages/demo.pth"
    printf '#!/bin/sh\\necho "demo of $0"\\n' >"$venv/bin/demo"; chmod 755 "$venv/bin/demo" ;;
  "pip freeze") echo "demo @ file://$PWD"; echo "click==8.5.1" ;;
  *) echo "what is $all?" >&2; exit 2 ;;
esac
`;
}

/** Some of it stored, some deflated. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function zip(files: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const [index, [path, text]] of Object.entries(files).entries()) {
    const name = Buffer.from(path);
    const content = Buffer.from(text);
    const packed = index % 2 === 0 ? deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(index % 2 === 0 ? 8 : 0, 4);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const header = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, name, packed]);
    const entry = Buffer.alloc(42);
    fields.copy(entry, 2, 0, 26);
    entry.writeUInt32LE(((text.startsWith("#!") ? 0o100755 : 0o100644) << 16) >>> 0, 34);
    entry.writeUInt32LE(at, 38);
    central.push(Buffer.from("PK\x01\x02", "latin1"), entry, name);
    local.push(header);
    at += header.length;
  }
  const list = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(files).length, 4);
  end.writeUInt16LE(Object.keys(files).length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...local, list, Buffer.from("PK\x05\x06", "latin1"), end]);
}
