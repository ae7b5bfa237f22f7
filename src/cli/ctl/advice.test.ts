import { FreezeError } from "@fsfreezed/client";
import { describe, expect, it } from "vitest";
import { ErrorReason } from "../../gen/fsfreeze/v1/errors_pb.js";
import { adviceFor } from "./advice.js";

const reasons = Object.keys(ErrorReason).filter((name) => name !== "UNSPECIFIED");

describe("advice", () => {
  it.each([...reasons, "UNREACHABLE", "TIMED_OUT", "UNPROVEN", "PROTOCOL"])(
    "says what to do about %s",
    (reason) => {
      // RESUME_REFUSED cannot come to this program: it has no verb that resumes.
      if (reason === "RESUME_REFUSED") return;
      const error = new FreezeError({ reason, code: "UNKNOWN", message: "" });
      expect(adviceFor(error)).toMatch(/\S{2,}/);
    },
  );

  it("names what the metadata name", () => {
    const metadata = { mount_point: "/srv" };
    const error = new FreezeError({
      reason: "NOT_A_MOUNT_POINT",
      code: "FAILED_PRECONDITION",
      message: "",
      metadata,
    });
    expect(adviceFor(error)).toContain("/srv");
  });
});
