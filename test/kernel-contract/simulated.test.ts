import { describeContract } from "./contract.js";
import { simulatedSubject } from "./simulated-subject.js";

describeContract(simulatedSubject("exact"));
describeContract(simulatedSubject("fallback"));
describeContract(simulatedSubject("none"));
