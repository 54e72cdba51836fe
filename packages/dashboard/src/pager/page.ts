import type { PagerScreen } from './pager-state.js';

interface PagerActions {
  readonly accept: () => void;
  readonly signIn: (username: string, password: string) => void;
}

/** The phone page's elements, made once and then written to: a tap never lands on an element that was just replaced. */
export class PagerPage {
  private readonly form: HTMLFormElement;
  private readonly acceptButton: HTMLButtonElement;

  constructor(
    private readonly root: HTMLElement,
    actions: PagerActions,
  ) {
    // The content policy lets no string become markup, so the markup is in the page.
    const parts = document.getElementById('pager-parts') as HTMLTemplateElement;
    root.replaceChildren(parts.content.cloneNode(true));
    this.form = this.one('form');
    this.acceptButton = this.one('button.accept');
    this.acceptButton.addEventListener('click', actions.accept);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      actions.signIn(this.one<HTMLInputElement>('#username').value.trim(), this.one<HTMLInputElement>('#password').value);
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
    this.acceptButton.hidden = screen.action !== 'accept';
    for (const button of this.root.querySelectorAll('button')) button.setAttribute('aria-disabled', String(screen.sending));
    this.label(this.acceptButton, screen.sending ? 'sending…' : 'ACCEPT');
    this.label(this.one('button[type=submit]'), screen.sending ? 'sending…' : 'Sign in and ACCEPT');
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
