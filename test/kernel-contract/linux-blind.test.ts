import { describeContract } from "./contract.js";
import { linuxSubject } from "./linux-subject.js";

describeContract(linuxSubject("none"));
