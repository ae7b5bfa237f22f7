/** What a README shows of a sample is a region of that sample, to the byte. */

export interface Snippet {
  /** "samples/renew.go" */
  readonly file: string;
  readonly region: string;
  /** What the fenced block shows. */
  readonly shown: string;
}

/** Blocks of a README that come after `<!-- sample: FILE#REGION -->`. Throws for a marker without a block. */
export function snippetsOf(readme: string): readonly Snippet[] {
  const markers = [...readme.matchAll(/^[ \t]*<!-- sample: (\S+)#(\S+) -->[ \t]*$/gm)];
  return markers.map((marker) => {
    const [line, file = "", region = ""] = marker;
    const after = readme.slice(marker.index + line.length);
    const block = /^\s*\n(`{3,})[^\n]*\n(.*?)^\1[ \t]*$/ms.exec(after);
    if (block === null || block.index > 0) throw new Error(`no block after ${line}`);
    return { file, region, shown: block[2] ?? "" };
  });
}

/** The lines between `[REGION]` and `[/REGION]`, without their common indentation. Throws where there is no such region. */
export function regionOf(source: string, region: string): string {
  const lines = source.split("\n");
  const find = (name: string) => {
    const found = lines.flatMap((line, index) => (isMarker(line, name) ? [index] : []));
    const [only, ...others] = found;
    if (only === undefined || others.length > 0)
      throw new Error(`[${name}] is there ${found.length} times`);
    return only;
  };
  const inside = lines
    .slice(find(region) + 1, find(`/${region}`))
    .filter((line) => !isAnyMarker(line));
  const indents = inside.filter((line) => line.trim() !== "").map((line) => indentOf(line).length);
  const common = Math.min(...indents);
  return inside.map((line) => `${line.trim() === "" ? "" : line.slice(common)}\n`).join("");
}

/** A comment line in any of the languages that says nothing else. */
function isMarker(line: string, name: string): boolean {
  return line.replace(/^\s*(\/\/|#|--|\/\*)\s*/, "").replace(/\s*(\*\/)?\s*$/, "") === `[${name}]`;
}

function isAnyMarker(line: string): boolean {
  return /^\s*(\/\/|#)\s*\[\/?\w+\]\s*$/.test(line);
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}
