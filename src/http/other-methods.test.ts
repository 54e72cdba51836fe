import { RouteMethods } from './other-methods.js';

const routes = (): RouteMethods => {
  const methods = new RouteMethods();
  methods.add({ url: '/api/v1/beds', method: 'GET' });
  methods.add({ url: '/api/v1/stations/:stationId', method: ['DELETE'] });
  methods.add({ url: '/api/v1/stations/:stationId', method: 'GET' });
  methods.add({ url: '/api/v1/stations/mine', method: 'GET' });
  methods.add({ url: '/openapi.json', method: 'GET' });
  methods.add({ url: '/assets/*', method: 'GET' });
  return methods;
};

test.each([
  ['/api/v1/beds', 'POST', ['GET']],
  ['/api/v1/beds?limit=1', 'POST', ['GET']],
  ['/api/v1/stations/st-1', 'PUT', ['DELETE', 'GET']],
  ['/openapi.json', 'QUERY', ['GET']],
])('%s takes no %s and says what it takes', (url, method, allowed) => {
  expect(routes().refusal(url, method, true)).toEqual(allowed);
});

test('a path of its own is no id, although the router has a route for it', () => {
  expect(routes().refusal('/api/v1/stations/mine', 'DELETE', false)).toEqual(['GET']);
  expect(routes().refusal('/api/v1/stations/mine', 'GET', false)).toBeNull();
  expect(routes().refusal('/api/v1/stations/st-1', 'DELETE', false)).toBeNull();
});

test.each([
  '/api/v1/bed',
  '/api/v1/beds/',
  '/api/v1/stations/',
  '/api/v1/stations/st-1/more',
  '/openapiXjson',
  '/assets/x.js',
  '/',
])('%s is no path that takes another method', (url) => {
  expect(routes().refusal(url, 'POST', true)).toBeNull();
});
