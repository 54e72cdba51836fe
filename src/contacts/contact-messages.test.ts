import { FakeClock } from '@vigil/clock';
import { StaffId } from '@vigil/contracts';
import { MemoryPager, PagerList } from '../adapters/memory/memory-pager.js';
import type { ContactTarget } from '../ports/contacts.js';
import { ContactMessages } from './contact-messages.js';

const [amy, ben] = [StaffId.parse('amy'), StaffId.parse('ben')];

test('twenty codes an hour go out for one person, however many ways they add and take away', async () => {
  const clock = new FakeClock();
  const pager = new MemoryPager('sms');
  const startTest = ({ contactId }: ContactTarget) =>
    Promise.resolve({
      ...{ contactId, channel: 'sms', address: '+43123456789', staffName: 'Amy', code: '123456', demo: false },
    } as const);
  const messages = new ContactMessages({
    contacts: { startTest } as never,
    escalations: { contacts: () => Promise.resolve([]) },
    pagers: new PagerList([pager]),
    clock,
    demo: false,
  });
  for (let i = 0; i < 20; i++) await messages.test({ staffId: amy, contactId: `way-${i}` });
  await expect(messages.test({ staffId: amy, contactId: 'another' })).rejects.toMatchObject({ code: 'too-many-attempts' });
  expect(pager.sent).toHaveLength(20);
  await messages.test({ staffId: ben, contactId: 'his' });
  await clock.advance(3_600_000);
  await messages.test({ staffId: amy, contactId: 'another' });
  expect(pager.sent).toHaveLength(22);
});
