// The cluster: private, people by Entra only, network policies in force, the service account of Vigil as an identity.
param name string
param location string
param tags object
param subnetId string
param nodeSize string
param adminGroupObjectId string
param identityName string
param subject string

resource cluster 'Microsoft.ContainerService/managedClusters@2024-05-01' = {
  name: '${name}-aks'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  sku: { name: 'Base', tier: 'Standard' }
  properties: {
    dnsPrefix: name
    disableLocalAccounts: true
    enableRBAC: true
    aadProfile: { managed: true, enableAzureRBAC: true, adminGroupObjectIDs: [adminGroupObjectId] }
    apiServerAccessProfile: { enablePrivateCluster: true, enablePrivateClusterPublicFQDN: false }
    oidcIssuerProfile: { enabled: true }
    securityProfile: { workloadIdentity: { enabled: true } }
    // A person empties a node after telling the units: patches of the node's system wait for the window, upgrades for a person.
    autoUpgradeProfile: { upgradeChannel: 'none', nodeOSUpgradeChannel: 'None' }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
      loadBalancerSku: 'standard'
    }
    agentPoolProfiles: [
      {
        name: 'vigil'
        mode: 'System'
        count: 3
        vmSize: nodeSize
        vnetSubnetID: subnetId
        availabilityZones: ['1', '2', '3']
        osType: 'Linux'
        osSKU: 'AzureLinux'
        osDiskType: 'Ephemeral'
        enableEncryptionAtHost: true
        maxPods: 60
      }
    ]
  }
}

resource platform 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource trust 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: platform
  name: 'vigil'
  properties: {
    issuer: cluster.properties.oidcIssuerProfile.issuerURL
    subject: subject
    audiences: ['api://AzureADTokenExchange']
  }
}

output clusterName string = cluster.name
