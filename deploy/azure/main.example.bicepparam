using 'main.bicep'

param name = 'vigilward'
param addressPrefix = '10.60.0.0/16'
// The group that may administer the cluster: az ad group show -g <name> --query id
param adminGroupObjectId = '00000000-0000-0000-0000-000000000000'
param throughputUnits = 2
param throughputUnitsMax = 8
