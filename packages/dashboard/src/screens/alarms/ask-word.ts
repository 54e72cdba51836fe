import type { AlarmView, DeclineReason } from '@vigil/contracts';
import { t } from '../../words/words.js';

export interface AskReasonProps {
  readonly kind: 'decline' | 'pass';
  readonly alarm: AlarmView;
  readonly busy: boolean;
  readonly onReason: (reason: DeclineReason) => void;
}

/** On the button that asks why. */
export const askWord = ({ kind, busy }: Pick<AskReasonProps, 'kind' | 'busy'>): string =>
  busy ? t('alarms:sending') : kind === 'decline' ? t('alarms:decline') : t('alarms:pass');
