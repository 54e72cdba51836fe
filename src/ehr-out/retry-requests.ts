/** The way from a person to who sends. Nobody sends in a process, or a site, without a FHIR server. */
export class RetryRequests {
  private answer: () => Promise<number> = () => Promise.resolve(0);

  answeredBy(answer: () => Promise<number>): void {
    this.answer = answer;
  }

  /** @returns how many are sent again @throws PlatformError 'store-unavailable' */
  ask(): Promise<number> {
    return this.answer();
  }
}
