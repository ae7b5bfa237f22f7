/**
 * Paths as bytes. Linux' paths need not be UTF-8, our messages must be. Inside this room a path is
 * a *byte string*: a string whose every character stands for one byte (latin1), so that it can be
 * split, compared and opened without loss. At the door it becomes text: UTF-8 where it is that, and
 * otherwise with each byte above 127 written as \xNN. Such a text is for reading; to open what it
 * names, its mount is found by comparing texts with the mount table's.
 */
import { isUtf8 } from "node:buffer";

declare const byteString: unique symbol;
export type ByteString = string & { readonly [byteString]: true };

export function bytesOfText(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1") as ByteString;
}

export function bytesOfBuffer(buffer: Buffer): ByteString {
  return buffer.toString("latin1") as ByteString;
}

export function bufferOf(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}

export function isText(path: ByteString): boolean {
  return isUtf8(bufferOf(path));
}

export function textOf(path: ByteString): string {
  const buffer = bufferOf(path);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  return path.replace(
    /[\x80-\xff]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

export function join(directory: ByteString, name: ByteString): ByteString {
  return (directory === "/" ? `/${name}` : `${directory}/${name}`) as ByteString;
}

export function components(path: ByteString): ByteString[] {
  return path.split("/").filter((name) => name !== "" && name !== ".") as ByteString[];
}
