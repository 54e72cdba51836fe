import { InvariantError } from '@vigil/domain';
import { IdentityProvider } from '../../ports/identity-provider.js';

/** The site has no identity provider: people sign in with their accounts here. */
export class NoIdentityProvider extends IdentityProvider {
  override readonly name = null;
  override readonly begin = refuse;
  override readonly finish = refuse;
  override readonly endedBy = refuse;
  override readonly logoutUrl = (): Promise<null> => Promise.resolve(null);
}

function refuse(): Promise<never> {
  throw new InvariantError('expected: nobody asks a provider that there is not');
}
