import type { PageStage } from '@vigil/contracts';

/** What a provider calls back with, as it came. */
export interface ProviderCall {
  /** Path and query, as they came. */
  readonly pathAndQuery: string;
  readonly form: Readonly<Record<string, string>>;
  readonly signature: string | undefined;
}

/** Reads what providers of SMS and calls report. What is not signed with the account's secret says nothing. */
export abstract class ProviderCallbacks {
  abstract isGenuine(call: ProviderCall): boolean;
  /** How far a message has come, where the report says so. */
  abstract stageOf(form: Readonly<Record<string, string>>): PageStage | null;
  /** The page whose call this key was pressed in; null for a token that is none or too old. */
  abstract pageOfVoiceToken(token: string): Promise<string | null>;
  /** What is said next, in the words of the provider. */
  abstract speech(text: string): string;
}
