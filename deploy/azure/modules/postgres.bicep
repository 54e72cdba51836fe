// The relational store for a platform that reads DATABASE_URL. TLS is required by the service itself; no public address.
param name string
param location string
param tags object
param subnetId string
param networkId string
param administrator string
@secure()
param administratorPassword string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  sku: { name: 'Standard_D2ads_v5', tier: 'GeneralPurpose' }
  properties: {
    version: '15'
    administratorLogin: administrator
    administratorLoginPassword: administratorPassword
    storage: { storageSizeGB: 128, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: 14, geoRedundantBackup: 'Disabled' }
    // Synchronous: what is acknowledged is in two zones.
    highAvailability: { mode: 'ZoneRedundant' }
    network: { publicNetworkAccess: 'Disabled' }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: server
  name: 'vigil'
  properties: { charset: 'UTF8', collation: 'C' }
}

module end 'private-end.bicep' = {
  name: 'postgres-end'
  params: {
    name: '${name}-postgres'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    serviceId: server.id
    groupId: 'postgresqlServer'
    zone: 'privatelink.postgres.database.azure.com'
  }
}

output host string = server.properties.fullyQualifiedDomainName
output databaseName string = database.name
