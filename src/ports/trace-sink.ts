/** One part of a way, with its times on a clock of the wall. Nothing in it is about a person. */
export interface TraceSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isWrong: boolean;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Where traces go. They are for people who look for what is slow: nobody waits for them, and they may be dropped. */
export abstract class TraceSink {
  /** Never throws. `away`: worth another try; `refused`: it would be refused again. */
  abstract send(spans: readonly TraceSpan[]): Promise<'taken' | 'away' | 'refused'>;
}
