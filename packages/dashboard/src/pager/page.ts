import type { DeclineReason } from '@vigil/contracts';
import type { OtherAlarm, PagerScreen } from './pager-state.js';
import { say } from './words/words.js';

interface PagerActions {
  /** @param pageId one of the other alarms; null: that of the page */
  readonly accept: (pageId: string | null) => void;
  readonly decline: (reason: DeclineReason) => void;
  readonly arrive: () => void;
  readonly askHelp: () => void;
  readonly signIn: (username: string, password: string) => void;
}

/** The phone page's elements, made once and then written to: a tap never lands on an element that was just replaced. */
export class PagerPage {
  private readonly form: HTMLFormElement;
  private readonly acceptButton: HTMLButtonElement;
  private readonly declineButton: HTMLButtonElement;
  private readonly reasons: HTMLElement;
  private readonly password: HTMLInputElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly actions: PagerActions,
  ) {
    // The content policy lets no string become markup, so the markup is in the page.
    const parts = document.getElementById('pager-parts') as HTMLTemplateElement;
    root.replaceChildren(parts.content.cloneNode(true));
    this.writeWords();
    this.form = this.one('form');
    this.password = this.one('#password');
    this.acceptButton = this.one('button.accept');
    this.declineButton = this.one('button.decline');
    this.reasons = this.one('.reasons');
    this.acceptButton.addEventListener('click', () => actions.accept(null));
    this.one('button.arrive').addEventListener('click', actions.arrive);
    this.one('button.help').addEventListener('click', actions.askHelp);
    this.declineButton.addEventListener('click', () => this.openReasons(Boolean(this.reasons.hidden)));
    for (const button of this.reasons.querySelectorAll('button')) {
      button.addEventListener('click', () => {
        this.openReasons(false);
        actions.decline(button.value as DeclineReason);
      });
    }
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      actions.signIn(this.one<HTMLInputElement>('#username').value.trim(), this.password.value);
    });
  }

  isSigningIn(): boolean {
    return !this.form.hidden;
  }

  show(screen: PagerScreen): void {
    const head = this.one('.head');
    head.dataset['priority'] = screen.priority ?? '';
    head.dataset['over'] = String(screen.over);
    this.one('.test').hidden = !screen.test;
    this.write('h1', screen.title);
    for (const name of ['unit', 'age', 'state', 'detail', 'countdown', 'trouble'] as const) this.write(`.${name}`, screen[name]);
    this.one('.trouble').hidden = screen.trouble === '';
    this.form.hidden = screen.action !== 'signIn';
    /* What nobody is asked for any more is kept nowhere. */
    if (this.form.hidden) this.password.value = '';
    this.acceptButton.hidden = screen.action !== 'accept';
    this.one('button.arrive').hidden = !screen.mayArrive;
    this.one('button.help').hidden = !screen.mayAskHelp;
    this.declineButton.hidden = !screen.mayDecline;
    if (!screen.mayDecline) this.openReasons(false);
    this.showOthers(screen.others);
    for (const button of this.root.querySelectorAll('button')) button.setAttribute('aria-disabled', String(screen.sending));
    this.label(this.acceptButton, say(screen.sending ? 'sending' : 'accept'));
    this.label(this.one('button[type=submit]'), say(screen.sending ? 'sending' : 'signInAndAccept'));
    this.showLinks(screen);
  }

  /** What stands still on the page, in the language of the phone: `data-say` names it. */
  private writeWords(): void {
    for (const element of this.root.querySelectorAll<HTMLElement>('[data-say]'))
      element.textContent = say(element.dataset['say'] as Parameters<typeof say>[0]);
    for (const element of this.root.querySelectorAll<HTMLElement>('[data-say-label]'))
      element.setAttribute('aria-label', say(element.dataset['sayLabel'] as Parameters<typeof say>[0]));
  }

  private showLinks({ callNumber, alarmId }: PagerScreen): void {
    const call = this.one<HTMLAnchorElement>('a.call');
    call.hidden = callNumber === null;
    if (callNumber !== null) {
      const to = `tel:${callNumber.replace(/[^0-9+*#]/g, '')}`;
      if (call.getAttribute('href') !== to) call.href = to;
      this.write('a.call', say('call', { whom: callNumber }));
    }
    const patient = this.one<HTMLAnchorElement>('a.patient');
    patient.hidden = alarmId === null;
    if (alarmId !== null && patient.dataset['alarm'] !== alarmId) {
      patient.dataset['alarm'] = alarmId;
      patient.href = `/a/${encodeURIComponent(alarmId)}`;
    }
    this.one('.push-off').hidden = !('Notification' in window) || Notification.permission === 'granted';
  }

  private openReasons(isOpen: boolean): void {
    this.reasons.hidden = !isOpen;
    this.declineButton.setAttribute('aria-expanded', String(isOpen));
  }

  /** Each stays where it is while it is in the list, so that a tap lands on what was seen. */
  private showOthers(others: readonly OtherAlarm[]): void {
    const list = this.one('.others ul');
    this.one('.others').hidden = others.length === 0;
    const known = new Map([...list.children].map((item) => [(item as HTMLElement).dataset['page'], item as HTMLElement]));
    for (const [pageId, item] of known) if (!others.some((each) => each.pageId === pageId)) item.remove();
    for (const other of others) {
      const item = known.get(other.pageId) ?? this.newOther(list, other);
      item.dataset['priority'] = other.priority;
      const text = item.querySelector('p')!;
      if (text.textContent !== other.text) text.textContent = other.text;
      item.querySelector('button')!.hidden = !other.mayAccept;
    }
  }

  private newOther(list: HTMLElement, { pageId }: OtherAlarm): HTMLElement {
    const item = document.createElement('li');
    item.dataset['page'] = pageId;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = say('acceptOne');
    button.addEventListener('click', () => this.actions.accept(pageId));
    item.append(document.createElement('p'), button);
    list.append(item);
    return item;
  }

  private label(button: HTMLElement, text: string): void {
    const first = button.firstChild;
    if (first && first.textContent !== text) first.textContent = text;
  }

  private write(selector: string, text: string): void {
    const element = this.one(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  private one<T extends HTMLElement>(selector: string): T {
    const element = this.root.querySelector<T>(selector);
    if (!element) throw new TypeError(`the pager page has no ${selector}`);
    return element;
  }
}
