/**
 * What every room logs through. Messages are constant, every variable part is a field, so that logs can be searched and
 * counted; nothing here waits, whatever becomes of the place where the lines go.
 */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** For tests, and for whatever must not speak. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
