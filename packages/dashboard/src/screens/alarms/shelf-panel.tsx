import type { AlarmView } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { codeWords } from '../../model/condition-words.js';
import { shortText } from '../../model/alarm-text.js';
import { useStation } from '../../parts/hooks.js';
import { Section } from '../../parts/parts.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { AlarmDialog } from './alarm-dialog.js';
import { ShelfList } from './shelf-list.js';
import { ShelveForm } from './shelve-form.js';
import { usePerson } from './use-person.js';

/** Making this condition of this patient silent for a while, and what is silent at the stay already. */
export function ShelfPanel({ alarm }: { alarm: AlarmView }) {
  const { user } = useIdentity();
  const station = useStation();
  const person = usePerson(alarm, alarm.careUnitId !== station.careUnitId);
  const [open, setOpen] = useState(false);
  if (alarm.encounterId === null || !user) return null;
  return (
    <Section title={t('alarm:shelves')}>
      <ShelfList encounterId={alarm.encounterId} person={person} />
      {person === null ? null : (
        <Dialog.Root open={open} onOpenChange={setOpen} modal={false}>
          <Dialog.Trigger className="button small no-print">{t('alarm:shelve')}</Dialog.Trigger>
          <AlarmDialog
            title={t('alarm:shelveTitle')}
            about={t('alarm:shelveWhat', { what: alarm.active ? shortText(alarm) : codeWords(alarm.conditionCode) })}
          >
            <ShelveForm alarm={alarm} encounterId={alarm.encounterId} person={person} onDone={() => setOpen(false)} />
          </AlarmDialog>
        </Dialog.Root>
      )}
    </Section>
  );
}
