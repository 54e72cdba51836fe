// One network: nodes, and the private ends of what they use. The hospital's own network is joined by VPN or ExpressRoute.
param name string
param location string
param addressPrefix string
param tags object

resource nodesRules 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {
  name: '${name}-nodes'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'no-internet-in'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: '${name}-net'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'nodes'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 20, 0)
          networkSecurityGroup: { id: nodesRules.id }
        }
      }
      {
        name: 'private'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 16)
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

output networkId string = network.id
output nodesSubnetId string = network.properties.subnets[0].id
output privateSubnetId string = network.properties.subnets[1].id
