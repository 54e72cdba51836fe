// Who the platform is for the key vault. No password: the cluster vouches for its service account.
param name string
param location string
param tags object

resource platform 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-platform'
  location: location
  tags: tags
}

output identityName string = platform.name
output principalId string = platform.properties.principalId
output clientId string = platform.properties.clientId
