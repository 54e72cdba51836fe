// The key-encryption key of the platform (RSA-OAEP-256). Without it nobody reads a name: it can't be deleted for 90 days.
param name string
param location string
param tags object
param subnetId string
param networkId string
param platformPrincipalId string

@description('Key Vault Crypto Service Encryption User: get, wrapKey, unwrapKey, and nothing else.')
var cryptoUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'e147488a-f6f5-4113-8e2d-b22465e65bf6')

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: take('${name}-${uniqueString(resourceGroup().id)}', 24)
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'premium' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Disabled'
    networkAcls: { defaultAction: 'Deny', bypass: 'None' }
  }
}

resource key 'Microsoft.KeyVault/vaults/keys@2023-07-01' = {
  parent: vault
  name: 'vigil'
  properties: { kty: 'RSA-HSM', keySize: 3072, keyOps: ['wrapKey', 'unwrapKey'] }
}

resource right 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(key.id, platformPrincipalId, cryptoUser)
  scope: key
  properties: { roleDefinitionId: cryptoUser, principalId: platformPrincipalId, principalType: 'ServicePrincipal' }
}

module end 'private-end.bicep' = {
  name: 'key-vault-end'
  params: {
    name: '${name}-vault'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    serviceId: vault.id
    groupId: 'vault'
    zone: 'privatelink.vaultcore.azure.net'
  }
}

@description('Without a version: Vigil takes up a new one by itself.')
output keyIdentifier string = key.properties.keyUri
