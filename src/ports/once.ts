/** Work that one process of a site does at a time. Not the pages of escalations: those are claimed one by one. */
export type SingleWork =
  | 'relay'
  | 'shelf-ends'
  | 'attribution'
  | 'alarm-records'
  | 'audit-keeper'
  | 'on-call-watch'
  | 'duty-watch'
  | 'canaries'
  | 'stations'
  | 'break-glass-notices'
  | 'keys'
  | 'ehr-in'
  | 'ehr-again';

/** Whether a piece of work is this process's now. Asked before each turn: who is not asked again does nothing more. */
export abstract class Once {
  /** Also says that this process would do it: it is told `true` once nobody else does. */
  abstract isMine(work: SingleWork): boolean;
}

/** The only process of a site: all work is its own. */
export class AlwaysMine extends Once {
  override isMine(): boolean {
    return true;
  }
}
