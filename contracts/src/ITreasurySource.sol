// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Says where money goes. Who reads it at the time of a payment follows every rotation of the treasury.
interface ITreasurySource {
    function treasury() external view returns (address);
}
