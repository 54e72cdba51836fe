import type { PagerScreen } from './pager-state.js';

interface PagerActions {
  readonly accept: () => void;
  readonly signIn: (username: string, password: string) => void;
}

const HTML = `
  <header class="head"><p class="test" hidden>TEST – NOT A REAL PATIENT</p><h1></h1><p class="unit"></p><p class="age"></p></header>
  <main class="body">
    <p class="state" role="status"></p>
    <p class="detail"></p>
    <p class="countdown"></p>
    <p class="trouble" role="alert" hidden></p>
    <div class="actions">
      <form hidden novalidate>
        <label for="username">Username</label>
        <input id="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" />
        <label for="password">Password</label>
        <input id="password" type="password" autocomplete="current-password" maxlength="256" />
        <button type="submit">Sign in and ACCEPT<small>I am going</small></button>
      </form>
      <button type="button" class="accept" hidden>ACCEPT<small>I am going</small></button>
    </div>
  </main>
  <footer>Secondary notification – the bedside monitor is primary. Not a cleared medical device.</footer>`;

/** The phone page's elements, made once and then written to: a tap never lands on an element that was just replaced. */
export class PagerPage {
  private readonly form: HTMLFormElement;
  private readonly acceptButton: HTMLButtonElement;

  constructor(
    private readonly root: HTMLElement,
    actions: PagerActions,
  ) {
    root.innerHTML = HTML;
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
