// What processes of a platform in parts tell each other (REDIS_URL: rediss://…:6380). Nothing is kept in it. TLS only; no public address.
param name string
param location string
param tags object
param subnetId string
param networkId string

resource cache 'Microsoft.Cache/redis@2024-03-01' = {
  name: '${name}-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'Standard', family: 'C', capacity: 1 }
    redisVersion: '6'
    enableNonSslPort: false
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
    redisConfiguration: { 'maxmemory-policy': 'noeviction' }
  }
}

module end 'private-end.bicep' = {
  name: 'redis-end'
  params: {
    name: '${name}-redis'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    serviceId: cache.id
    groupId: 'redisCache'
    zone: 'privatelink.redis.cache.windows.net'
  }
}

output host string = cache.properties.hostName
