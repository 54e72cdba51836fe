import { PlatformError } from '@vigil/domain';

const WORDS = {
  none: 'This alarm is of no bed with readings: there is nothing to keep with it',
  waiting: 'The readings around this alarm are not kept yet: ask again in half a minute',
} as const;

/** The alarm is there, and no readings are kept with it; 404 with the reason. */
export class NoSnapshot extends PlatformError {
  readonly words: string;

  constructor(why: keyof typeof WORDS, alarmId: string) {
    super('not-found', { ids: [`alarm:${alarmId}`] });
    this.words = WORDS[why];
  }
}
