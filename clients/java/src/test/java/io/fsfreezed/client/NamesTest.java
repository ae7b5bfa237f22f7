package io.fsfreezed.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import io.fsfreezed.client.internal.pb.ErrorReason;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NamesTest {
  static Stream<Arguments> enums() {
    return Stream.of(
        Arguments.of(Certainty.values(), io.fsfreezed.client.internal.pb.Certainty.getDescriptor()),
        Arguments.of(
            DeviceRole.values(), io.fsfreezed.client.internal.pb.DeviceRole.getDescriptor()),
        Arguments.of(EndCause.values(), io.fsfreezed.client.internal.pb.EndCause.getDescriptor()),
        Arguments.of(
            EvidenceKind.values(), io.fsfreezed.client.internal.pb.EvidenceKind.getDescriptor()),
        Arguments.of(
            EvidenceResult.values(),
            io.fsfreezed.client.internal.pb.EvidenceResult.getDescriptor()),
        Arguments.of(
            FreezePhase.values(), io.fsfreezed.client.internal.pb.FreezePhase.getDescriptor()),
        Arguments.of(
            FreezeState.values(), io.fsfreezed.client.internal.pb.FreezeState.getDescriptor()),
        Arguments.of(Freezer.values(), io.fsfreezed.client.internal.pb.Freezer.getDescriptor()),
        Arguments.of(
            HoldFilesystemState.values(),
            io.fsfreezed.client.internal.pb.HoldFilesystemState.getDescriptor()),
        Arguments.of(HoldKind.values(), io.fsfreezed.client.internal.pb.HoldKind.getDescriptor()),
        Arguments.of(HoldState.values(), io.fsfreezed.client.internal.pb.HoldState.getDescriptor()),
        Arguments.of(
            IntervalEnd.values(), io.fsfreezed.client.internal.pb.IntervalEnd.getDescriptor()),
        Arguments.of(
            PresyncMode.values(), io.fsfreezed.client.internal.pb.PresyncMode.getDescriptor()),
        Arguments.of(
            StateEvidence.values(), io.fsfreezed.client.internal.pb.StateEvidence.getDescriptor()),
        Arguments.of(Verdict.values(), io.fsfreezed.client.internal.pb.Verdict.getDescriptor()),
        Arguments.of(Reason.contract(), ErrorReason.getDescriptor()));
  }

  @ParameterizedTest
  @MethodSource("enums")
  void areThoseOfTheContractInTheOrderOfTheirNumbers(Enum<?>[] constants, EnumDescriptor pb) {
    List<EnumValueDescriptor> values = pb.getValues();
    String unspecified = values.get(0).getName();
    String prefix = unspecified.substring(0, unspecified.length() - "UNSPECIFIED".length());
    List<String> said = values.subList(1, values.size()).stream().map(v -> v.getName()).toList();
    List<String> ours =
        Arrays.stream(constants).map(c -> prefix + c.name()).collect(Collectors.toList());
    assertEquals(prefix + "UNRECOGNIZED", ours.remove(ours.size() - 1));
    assertEquals(said, ours);
    for (EnumValueDescriptor value : said.stream().map(pb::findValueByName).toList()) {
      assertEquals(said.indexOf(value.getName()) + 1, value.getNumber());
    }
  }

  @Test
  void ofANewerServiceAreTakenAsTheyAre() {
    Receipt receipt =
        new Receipt(
            io.fsfreezed.client.internal.pb.Receipt.newBuilder()
                .setVerdictValue(17)
                .setKindValue(18)
                .setEndCauseValue(-1)
                .build());
    assertEquals(Verdict.UNRECOGNIZED, receipt.verdict());
    assertEquals("UNKNOWN_17", receipt.verdictName());
    assertEquals(Optional.of("UNKNOWN_18"), receipt.kindName());
    assertEquals("UNKNOWN_-1", receipt.endCauseName());
    assertEquals("{\"endCause\":-1,\"verdict\":17,\"kind\":18}", receipt.toJson());
    assertEquals(receipt, Receipt.fromJson(receipt.toJson()));
  }

  @Test
  void thatAreNotSaidAreEmptyOrUnknown() {
    Receipt receipt = new Receipt(io.fsfreezed.client.internal.pb.Receipt.getDefaultInstance());
    assertEquals(Optional.empty(), receipt.kind());
    assertEquals("UNKNOWN_0", receipt.verdictName());
  }

  @Test
  void reasonsOfTheClientAreNotThoseOfTheService() {
    assertEquals(Reason.FROZEN_BY_ANOTHER, Reason.named("FROZEN_BY_ANOTHER"));
    assertEquals(Reason.UNRECOGNIZED, Reason.named("SOMETHING_NEW"));
    assertEquals(Reason.UNRECOGNIZED, Reason.named("UNREACHABLE"));
    assertNotEquals(Reason.UNREACHABLE, Names.constant(Reason.contract(), 35));
  }
}
