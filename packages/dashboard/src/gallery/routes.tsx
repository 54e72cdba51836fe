import {
  type AnyRoute,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type RouteComponent,
} from '@tanstack/react-router';
import { router as product } from '../shell/routes.js';
import { ScreenFailed, ScreenLoading, UnknownPage } from '../shell/screen-states.js';

/** The product's routes below the gallery, in memory: whatever is pressed, the address of the gallery stays. */
export function routerOf(gallery: RouteComponent) {
  const { component: _, ...options } = product.routesById.__root__.options;
  const root = createRootRoute({ ...(options as object), component: gallery, notFoundComponent: UnknownPage });
  const ids = Object.keys(product.routesById).filter((id) => id !== '__root__') as (keyof typeof product.routesById)[];
  const routes = ids.map((id) => {
    const { path, component, validateSearch, staticData } = product.routesById[id].options as unknown as Record<string, unknown>;
    return createRoute({ getParentRoute: () => root, path, component, validateSearch, staticData } as never);
  });
  return createRouter({
    routeTree: root.addChildren(routes as never) as unknown as AnyRoute,
    history: createMemoryHistory({ initialEntries: ['/'] }),
    defaultPendingComponent: ScreenLoading,
    defaultErrorComponent: ScreenFailed,
    defaultGcTime: 0,
  });
}
