// Prints messages.jsonl: messages of the contract with every field set, in bytes and in the JSON that protobuf-es writes for them.
// The built TypeScript client has to be there. Run it anew when the contract has grown:
//
//     node clients/rust/testdata/messages.mjs > clients/rust/testdata/messages.jsonl
import { create, ScalarType, toBinary, toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";

const gen = "../../typescript/dist/gen/fsfreeze/v1";
const { FilesystemInfoSchema } = await import(`${gen}/filesystem_pb.js`);
const { ForcedThawSchema, IsFrozenResponseSchema } = await import(`${gen}/freeze_service_pb.js`);
const { HoldSchema } = await import(`${gen}/hold_pb.js`);
const { HoldProgressSchema, HoldStatusSchema } = await import(`${gen}/hold_stream_pb.js`);
const { PlanSchema } = await import(`${gen}/plan_pb.js`);
const { ReceiptSchema } = await import(`${gen}/receipt_pb.js`);

const schemas = [
  ReceiptSchema,
  HoldSchema,
  HoldStatusSchema,
  HoldProgressSchema,
  IsFrozenResponseSchema,
  FilesystemInfoSchema,
  PlanSchema,
  ForcedThawSchema,
];

/** Each value differs from the one before, so that none can be told in the place of another. */
function filler(pick) {
  let last = 0;
  const scalar = (type) => {
    last += 1;
    if (type === ScalarType.STRING) return `text "${last}" \u2028\u00e4`;
    if (type === ScalarType.BOOL) return true;
    if (type === ScalarType.UINT64) return 2n ** 60n + BigInt(last);
    return last;
  };
  const message = (schema) => {
    last += 1;
    if (schema.typeName === "google.protobuf.Timestamp")
      return { ...timestampFromMs(1_700_000_000_000 + last * 1_000), nanos: pick.nanos(last) };
    if (schema.typeName === "google.protobuf.Duration")
      return { seconds: BigInt(last), nanos: pick.nanos(last) };
    return Object.fromEntries(schema.members.map((member) => [member.localName, of(member)]));
  };
  const of = (field) => {
    if (field.kind === "oneof") {
      const chosen = pick.of(field.fields);
      return { case: chosen.localName, value: of(chosen) };
    }
    const one = () => {
      if (field.enum !== undefined) {
        last += 1;
        return pick.number(field.enum, last);
      }
      return field.message === undefined ? scalar(field.scalar) : message(field.message);
    };
    if (field.fieldKind === "map") return { [scalar(field.mapKey)]: scalar(field.scalar) };
    return field.fieldKind === "list" ? [one(), one()] : one();
  };
  return message;
}

const fractions = [0, 120_000_000, 123_456_000, 123_456_789, 1];
const fillers = {
  known: {
    of: (list) => list[0],
    number: ({ values }, n) => values[1 + (n % (values.length - 1))].number,
    nanos: (n) => fractions[n % fractions.length],
  },
  // Values that only a newer service knows.
  newer: {
    of: (list) => list[list.length - 1],
    number: (_, n) => 1000 + n,
    nanos: () => 0,
  },
};

const made = Object.entries(fillers).flatMap(([name, pick]) =>
  schemas.map((schema) => {
    const message = create(schema, filler(pick)(schema));
    return {
      name: `${schema.name}, ${name}`,
      message: schema.name,
      hex: Buffer.from(toBinary(schema, message)).toString("hex"),
      json: toJson(schema, message),
    };
  }),
);
process.stdout.write(made.map((one) => `${JSON.stringify(one)}\n`).join(""));
