import { type OutgoingPage, Pager } from '../../ports/pager.js';
import { smsText } from './gsm7.js';
import { createAtTwilio, phoneOf, type TwilioAccount } from './twilio-api.js';

/** Pages as SMS, by a provider with the Twilio API. That it was delivered is told later, by a call of the provider. */
export class SmsPager extends Pager {
  readonly channel = 'sms';

  constructor(
    private readonly account: TwilioAccount,
    /** A number of ours, or the id of a messaging service. */
    private readonly from: string,
  ) {
    super();
  }

  send(page: OutgoingPage): Promise<{ readonly receipt: string }> {
    const sender = this.from.startsWith('MG') ? { MessagingServiceSid: this.from } : { From: this.from };
    return createAtTwilio(this.account, 'Messages', page, { To: phoneOf(page), ...sender, Body: smsText(page) });
  }
}
