import { RouteMethods } from './other-methods.js';

const routes = (): RouteMethods => {
  const methods = new RouteMethods();
  methods.add({ url: '/api/v1/beds', method: 'GET' });
  methods.add({ url: '/api/v1/stations/:stationId', method: ['DELETE'] });
  methods.add({ url: '/api/v1/stations/:stationId', method: 'GET' });
  methods.add({ url: '/openapi.json', method: 'GET' });
  methods.add({ url: '/assets/*', method: 'GET' });
  return methods;
};

test.each([
  ['/api/v1/beds', ['GET']],
  ['/api/v1/beds?limit=1', ['GET']],
  ['/api/v1/stations/st-1', ['DELETE', 'GET']],
  ['/openapi.json', ['GET']],
])('%s takes %j', (url, methods) => {
  expect(routes().of(url)).toEqual(methods);
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
  expect(routes().of(url)).toEqual([]);
});
