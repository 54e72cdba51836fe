import { AlarmExportReason, type CareUnitId } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { type FormEvent, useState } from 'react';
import { exportAlarms } from '../../live/alarm-export.js';
import { noFileText } from '../../model/not-sent.js';
import { minutesText } from '../../model/shelf-ends.js';
import { SelectField, useSubmit } from '../../parts/form.js';
import { saveFile } from '../../parts/save-file.js';
import { useStation } from '../../parts/hooks.js';
import type { Asked } from '../../parts/later.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { AlarmDialog } from './alarm-dialog.js';

const HOURS = [1, 8, 12, 24, 72, 168] as const;

/** Alarms of the last hours as a table. That it was made, and why, is in the audit trail. */
export function ExportAlarms({ careUnitId, asked }: { careUnitId: CareUnitId } & Asked) {
  const [open, setOpen] = useState(asked);
  const station = useStation();
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void run(async () => {
      const reason = AlarmExportReason.parse(form.get('reason'));
      const toMs = Math.ceil(station.now()?.eventMs ?? Date.now());
      const fromMs = toMs - Number(form.get('hours')) * 3_600_000;
      const answer = checked(await exportAlarms({ careUnitId, fromMs, toMs, reason }));
      if (!answer.ok && answer.trouble.code === 'invalid-request') return t('alarm:exportTooMany');
      if (!answer.ok) return noFileText(answer.trouble, { canBeCoarser: false });
      saveFile(answer.value, 'vigil-alarms.csv');
      setOpen(false);
      return '';
    });
  };
  return (
    <Dialog.Root open={open} onOpenChange={setOpen} modal={false}>
      <Dialog.Trigger className="button small">{t('alarms:export')}</Dialog.Trigger>
      <AlarmDialog title={t('alarm:exportTitle')} about={t('alarm:exportNote')}>
        <form className="form" noValidate onSubmit={submit}>
          <SelectField
            label={t('alarm:exportSpan')}
            name="hours"
            defaultValue="12"
            options={HOURS.map((hours) => [String(hours), minutesText(hours * 60)] as const)}
          />
          <SelectField
            label={t('alarm:exportReason')}
            name="reason"
            options={AlarmExportReason.options.map((each) => [each, t(`alarm:exportReasons.${each}`)] as const)}
          />
          <p className="form-error" role="alert">
            {error}
          </p>
          <div className="form-buttons">
            <button type="submit" className="button primary" aria-disabled={busy}>
              {busy ? t('alarms:sending') : t('alarm:exportNow')}
            </button>
            <Dialog.Close className="button">{t('alarm:cancel')}</Dialog.Close>
          </div>
        </form>
      </AlarmDialog>
    </Dialog.Root>
  );
}
