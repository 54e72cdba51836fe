// Vigil in Azure: Event Hubs, Key Vault, AKS with managed disks, private by default. docs/deployment.md, "Azure".
//   az deployment group create -g <group> -f deploy/azure/main.bicep -p deploy/azure/main.example.bicepparam
targetScope = 'resourceGroup'

@description('Begins the name of every resource.')
@minLength(3)
@maxLength(12)
param name string

param location string = resourceGroup().location

@description('Address space of the network; it must not overlap with those of the hospital that it is joined to.')
param addressPrefix string = '10.60.0.0/16'

@description('Object id of the Entra group whose people administer the cluster.')
param adminGroupObjectId string

@description('Kubernetes namespace and release of the chart: who the key vault believes.')
param kubernetesNamespace string = 'vigil'
param releaseName string = 'vigil'

@description('Throughput units at the start and at most. One takes 1 MiB or 1,000 events a second in.')
@minValue(1)
param throughputUnits int = 2
@minValue(1)
param throughputUnitsMax int = 8

@description('Days for which the log keeps events: how long a platform may be away, and how far history can be made anew.')
@minValue(1)
@maxValue(7)
param retentionDays int = 7

param nodeSize string = 'Standard_D4ads_v5'

@description('A PostgreSQL server for DATABASE_URL of the platform; without one it keeps SQLite on its disk.')
param withPostgres bool = false
param postgresAdministrator string = 'vigil'
@secure()
param postgresPassword string = ''

@description('Redis between the processes of a platform in parts (inParts of the chart); only with PostgreSQL.')
param withRedis bool = false

var tags = { product: 'vigil' }

module network 'modules/network.bicep' = {
  name: 'network'
  params: { name: name, location: location, addressPrefix: addressPrefix, tags: tags }
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { name: name, location: location, tags: tags }
}

module hub 'modules/event-hubs.bicep' = {
  name: 'event-hubs'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.privateSubnetId
    networkId: network.outputs.networkId
    throughputUnits: throughputUnits
    throughputUnitsMax: throughputUnitsMax
    retentionDays: retentionDays
  }
}

module vault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.privateSubnetId
    networkId: network.outputs.networkId
    platformPrincipalId: identity.outputs.principalId
  }
}

module postgres 'modules/postgres.bicep' = if (withPostgres) {
  name: 'postgres'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.privateSubnetId
    networkId: network.outputs.networkId
    administrator: postgresAdministrator
    administratorPassword: postgresPassword
  }
}

module redis 'modules/redis.bicep' = if (withRedis) {
  name: 'redis'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.privateSubnetId
    networkId: network.outputs.networkId
  }
}

module cluster 'modules/aks.bicep' = {
  name: 'aks'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.nodesSubnetId
    nodeSize: nodeSize
    adminGroupObjectId: adminGroupObjectId
    identityName: identity.outputs.identityName
    subject: 'system:serviceaccount:${kubernetesNamespace}:${releaseName}'
  }
}

output hubNamespace string = hub.outputs.namespaceHost
output hubName string = hub.outputs.hubName
@description('For the chart: settings.VIGIL_KEYS')
output keys string = 'azure:${vault.outputs.keyIdentifier}'
@description('For the chart: serviceAccount.annotations')
output workloadIdentityClientId string = identity.outputs.clientId
output clusterName string = cluster.outputs.clusterName
