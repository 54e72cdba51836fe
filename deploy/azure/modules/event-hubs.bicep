// The log. Partitions can't be changed in this tier: eight, as the local hub has (docs/adr/0082).
param name string
param location string
param tags object
param subnetId string
param networkId string
param throughputUnits int
param throughputUnitsMax int
param retentionDays int

@description('Consumer groups of the platform. `$Default` is there by itself, and nobody of Vigil reads by it.')
var groups = ['alarms', 'history', 'live', 'fhir']

@description('Who may do what, on this hub only: a gateway can write and read nothing, nobody can manage.')
var keys = [
  { name: 'gateway', rights: ['Send'] }
  { name: 'platform', rights: ['Send', 'Listen'] }
  { name: 'watchdog', rights: ['Send', 'Listen'] }
]

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: '${name}-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard', capacity: throughputUnits }
  properties: {
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
    // Gateways have keys of their own and no identity in Entra.
    disableLocalAuth: false
    zoneRedundant: true
    isAutoInflateEnabled: throughputUnitsMax > throughputUnits
    maximumThroughputUnits: throughputUnitsMax > throughputUnits ? throughputUnitsMax : 0
  }
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: 'vigil'
  properties: {
    partitionCount: 8
    retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionDays * 24 }
  }
}

resource consumerGroups 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [
  for group in groups: { parent: hub, name: group }
]

resource accessKeys 'Microsoft.EventHub/namespaces/eventhubs/authorizationRules@2024-01-01' = [
  for key in keys: { parent: hub, name: key.name, properties: { rights: key.rights } }
]

module end 'private-end.bicep' = {
  name: 'event-hubs-end'
  params: {
    name: '${name}-hub'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    serviceId: namespace.id
    groupId: 'namespace'
    zone: 'privatelink.servicebus.windows.net'
  }
}

output namespaceHost string = '${namespace.name}.servicebus.windows.net'
output hubName string = hub.name
