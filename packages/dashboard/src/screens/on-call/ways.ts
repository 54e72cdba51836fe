import type { ContactView } from '@vigil/contracts';
import { wayWord } from '../../model/escalation-events.js';
import { queries } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

export const WAYS_KEY = ['own-ways'];
export const waysChanged = (): Promise<void> => queries.invalidateQueries({ queryKey: WAYS_KEY });

/** As its person has called it, or else what it is and where it leads. */
export const wayName = (way: ContactView): string =>
  way.label ?? t('onCall:wayOf', { way: wayWord(way.channel), address: way.address });
