/** Addresses of a service: a Unix socket's path, or a host and a port. */

export type Address =
  | { readonly kind: "unix"; readonly path: string; readonly target: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      readonly target: string;
    };

export type ParsedAddress =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly problem: string };

/** sockaddr_un.sun_path has 108 bytes on Linux, one of them for the closing NUL (unix(7)). */
const longestSocketPath = 107;

function unixAddress(path: string): ParsedAddress {
  if (path === "") return { ok: false, problem: "the path of the Unix socket is empty" };
  if (Buffer.byteLength(path) > longestSocketPath)
    return { ok: false, problem: `a Unix socket's path has at most ${longestSocketPath} bytes` };
  return { ok: true, address: { kind: "unix", path, target: `unix:${path}` } };
}

/** Takes `unix:PATH`, `unix:///PATH`, a bare absolute path, and `HOST:PORT` (`[ADDRESS]:PORT` for IPv6). */
export function parseAddress(text: string): ParsedAddress {
  if (text.startsWith("unix://")) {
    const path = text.slice("unix://".length);
    return path.startsWith("/")
      ? unixAddress(path)
      : { ok: false, problem: `write unix:${path} or unix:///absolute/path` };
  }
  if (text.startsWith("unix:")) return unixAddress(text.slice("unix:".length));
  // gRPC would take a bare path for a host name; what is meant is plain.
  if (text.startsWith("/")) return unixAddress(text);
  const [, host, portText] = /^(\[[0-9A-Fa-f:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(portText);
  if (host === undefined || port < 1 || port > 65_535)
    return { ok: false, problem: `"${text}" is neither unix:PATH nor HOST:PORT` };
  return { ok: true, address: { kind: "tcp", host, port, target: `dns:${host}:${port}` } };
}
