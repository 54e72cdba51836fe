package vigiltest;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.ValidationResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.hl7.fhir.common.hapi.validation.support.CachingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * The HL7 validator without a network: {@code Validate <list>}, a file with one path in each line. One line for each file,
 * {@code ok <path>} or {@code bad <path>}, the errors of a bad one after it, and at last {@code <valid> of <all> valid}. Warnings do not
 * count: code systems that can't be looked up are no error.
 */
public class Validate {
  public static void main(String[] arguments) throws Exception {
    FhirValidator validator = FhirContext.forR4().newValidator();
    validator.registerValidatorModule(instanceValidator());
    List<String> files = Files.readAllLines(Path.of(arguments[0]));
    int valid = 0;
    for (String file : files) {
      ValidationResult result = validator.validateWithResult(Files.readString(Path.of(file)));
      System.out.println((result.isSuccessful() ? "ok " : "bad ") + file);
      if (result.isSuccessful()) valid++;
      result.getMessages().stream()
          .filter((message) -> message.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0)
          .forEach((message) -> System.out.println("  " + message.getLocationString() + ": " + message.getMessage()));
    }
    System.out.println(valid + " of " + files.size() + " valid");
    System.exit(valid == files.size() ? 0 : 1);
  }

  static FhirInstanceValidator instanceValidator() {
    FhirContext context = FhirContext.forR4();
    FhirInstanceValidator validator =
        new FhirInstanceValidator(
            new CachingValidationSupport(
                new ValidationSupportChain(
                    new DefaultProfileValidationSupport(context),
                    new CommonCodeSystemsTerminologyService(context),
                    new InMemoryTerminologyServerValidationSupport(context))));
    validator.setAnyExtensionsAllowed(true);
    return validator;
  }
}
