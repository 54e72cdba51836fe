import type { NewContact } from '@vigil/contracts';
import { useState } from 'react';
import type { z } from 'zod';
import { addWay } from '../../live/contacts-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { ChoiceField } from './line-field.js';
import { waysChanged } from './ways.js';

const CHANNELS = ['sms', 'voice', 'smtp', 'webhook'] as const;
type Channel = (typeof CHANNELS)[number];

/** A way that the person types. A browser is added where its pages are turned on. */
export function AddWay() {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [channel, setChannel] = useState<Channel>('sms');
  const [added, setAdded] = useState(0);
  const add = (form: FormData): void =>
    void run(async () => {
      const text = (name: string): string => String(form.get(name) ?? '').trim();
      const address =
        channel === 'webhook' ? { url: text('address'), secret: text('secret') } : text('address').replace(/\s/g, '');
      const body = { channel, address, ...(text('label') === '' ? {} : { label: text('label') }) };
      const answer = checked(await addWay(body as z.input<typeof NewContact>));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      setAdded((n) => n + 1);
      await waysChanged();
      return '';
    });
  return (
    <details className="add-way">
      <summary>{t('onCall:addWay')}</summary>
      <ChoiceField
        label={t('onCall:wayChannel')}
        value={channel}
        options={CHANNELS.map((each) => [each, t(`onCall:way_${each}`)])}
        onChange={setChannel}
      />
      <Form key={`${channel}-${added}`} error={error} onSubmit={add}>
        <AddressField channel={channel} />
        {channel === 'webhook' ? (
          <TextField label={t('onCall:waySecret')} name="secret" autoComplete="off" maxLength={96} />
        ) : null}
        <TextField label={t('onCall:wayLabel')} name="label" hint={t('onCall:wayLabelHint')} autoComplete="off" maxLength={40} />
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? t('onCall:saving') : t('onCall:addWayButton')}
        </button>
      </Form>
      {added > 0 && !error ? <p role="status">{t('onCall:wayAdded')}</p> : null}
    </details>
  );
}

function AddressField({ channel }: { channel: Channel }) {
  const common = { name: 'address', autoComplete: 'off', spellCheck: false } as const;
  switch (channel) {
    case 'sms':
    case 'voice':
      return <TextField label={t('onCall:wayAddressPhone')} type="tel" maxLength={20} {...common} />;
    case 'smtp':
      return <TextField label={t('onCall:wayAddressMail')} type="email" maxLength={254} {...common} />;
    case 'webhook':
      return <TextField label={t('onCall:wayUrl')} type="url" maxLength={2_048} {...common} />;
  }
}
